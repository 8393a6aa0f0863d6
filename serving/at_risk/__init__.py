"""The list of everybody's scores that batch scoring left behind: read, filtered, sorted, as CSV."""
