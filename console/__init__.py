"""Server-rendered pages for people who build audiences and look at profiles."""
