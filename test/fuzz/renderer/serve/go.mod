module shared-postgresql/renderer/serve

go 1.25
