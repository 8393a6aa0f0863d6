"""The model registry on the BentoML store: versions, champion, challenger, and every decision about them."""
