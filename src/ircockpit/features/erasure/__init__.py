"""What is taken away, what is kept from being taken away, and who may read what."""
