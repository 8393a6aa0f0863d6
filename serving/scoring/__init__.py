"""From customerIDs to answers; HTTP is not known here."""
