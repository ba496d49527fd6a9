"""Pages for officers and citizens over HTTP. What is decided is written by `desk`, who they are by `accounts`."""
