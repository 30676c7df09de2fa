"""When Z.AI may be asked: slots, the line of those who wait, and limits learned."""
