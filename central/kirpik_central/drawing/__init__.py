"""Plans and time lines drawn from a record's numbers, for the officer's page and `kirpik verify`. Knows no store."""
