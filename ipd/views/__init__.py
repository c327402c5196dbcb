"""The pages of the wards."""
