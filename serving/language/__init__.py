"""What serving says to people, in English and Spanish: the texts, and how numbers and dates are written."""
