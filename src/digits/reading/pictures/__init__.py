"""Any source of pictures becomes upright grey pages, within limits on files, pixels and pages."""
