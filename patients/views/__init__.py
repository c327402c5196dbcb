"""The pages of patients."""
