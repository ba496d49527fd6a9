"""Who may come in: people, passkeys, passwords, sessions, and the audit log of what they did. Knows no page."""
