"""What the data are: their description and quality, and what preparation does to them."""
