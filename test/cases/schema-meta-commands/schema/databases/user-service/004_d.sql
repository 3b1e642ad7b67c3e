\copy a FROM '/etc/passwd'
