"""What lies beneath all of the package and knows nothing of it: how files are written, what a bar is drawn on, what can go
wrong at the import, names taken for others."""
