"""How materialize writes to each kind of online store."""
