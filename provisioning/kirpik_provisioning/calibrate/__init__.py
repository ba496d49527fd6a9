"""`kirpik calibrate`: from an installer's recordings and tape to a site file that says how well it knows itself."""
