"""Laboratory: orders, specimens, results."""
