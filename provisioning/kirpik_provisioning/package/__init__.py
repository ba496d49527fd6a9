"""The unit as a Debian package: everything that it carries, for one processor and one Python, without a network."""
