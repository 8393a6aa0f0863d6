"""From a score to a decision: the playbook of offers, who may be contacted, and what an offer brings."""
