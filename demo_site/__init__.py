"""A small magazine-shop with the tag on it, personalised by GraphQL and by the tag."""
