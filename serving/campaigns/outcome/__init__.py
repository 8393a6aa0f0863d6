"""How a campaign came out: who stayed because of it, what it brought, whether goals are met, how fair it was."""
