"""What happens to simulated customers in a month: bills, tickets, campaigns, leaving."""
