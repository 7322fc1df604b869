"""Fields that a number belongs to: printed boxes, found or given, and what is cut out of them."""
