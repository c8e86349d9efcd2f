"""Wire formats, one file each: JSON in, events and refusals out."""
