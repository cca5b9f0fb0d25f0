"""Every user action, declared once: key, footer label, palette entry and help line are all made from it."""
