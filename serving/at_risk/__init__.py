"""The list of scores that batch scoring wrote: read, filtered, sorted, as CSV."""
