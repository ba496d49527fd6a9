"""The operators' page at the central: a map and a table of units, from what they last said of themselves."""
