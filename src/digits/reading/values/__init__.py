"""What a number's text means: `meaning.value_of`; one module for each family of kinds."""
