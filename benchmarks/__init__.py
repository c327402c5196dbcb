"""How fast, as a share of what the machine can do: `make bench`."""
