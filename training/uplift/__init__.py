"""What an offer adds to the chance of staying, from past campaigns that drew their offers at random."""
