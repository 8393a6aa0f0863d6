"""Reading customers' features, online and offline, and filling the online store."""
