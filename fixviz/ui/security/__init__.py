"""What protects visitors and the server: headers, hosts, the class code, sizes, and ids of errors."""
