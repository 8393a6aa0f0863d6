"""From customerIDs to answers, without any knowledge of HTTP."""
