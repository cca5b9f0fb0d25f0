"""One module per widget; they are given plain rows and know nothing of the desk."""
