"""What every table must hold: its schema, its rules, and the check of a whole lake."""
