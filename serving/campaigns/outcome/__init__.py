"""How a campaign came out: who stayed because of it, what it brought, and how fairly it chose."""
