"""The pages of orders: the panel that orders, the list of a day, the catalogue, the slip."""
