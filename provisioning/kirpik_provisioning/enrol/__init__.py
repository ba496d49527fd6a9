"""Units that ask to belong: heard in the lobby, compared by people, certified by the fleet's authority."""
