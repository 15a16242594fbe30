"""Evidence: files kept by their hash, cited as exhibits of an incident."""
