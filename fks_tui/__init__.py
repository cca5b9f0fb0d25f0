"""The desk of FKS: a Textual app that shows the engine and takes orders from the keyboard."""
