"""Features of customers, online and offline, and filling the online store."""
