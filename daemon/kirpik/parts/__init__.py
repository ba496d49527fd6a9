"""Put the unit together: settings and files become the objects that the services run on."""
