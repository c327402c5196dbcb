"""What is typed in wards."""
