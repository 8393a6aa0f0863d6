"""The files of a lake: manifest, tables, damage, and the swap that puts a new lake in an old one's place."""
