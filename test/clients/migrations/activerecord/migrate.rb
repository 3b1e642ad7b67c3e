# Up or down: what the tool does on a pod of the service.
require 'active_record'

ActiveRecord::Base.establish_connection(ENV.fetch('DATABASE_URL'))
schema = ActiveRecord::Base.connection.schema_migration
tool = ActiveRecord::MigrationContext.new('migrations', schema)
ARGV[0] == 'up' ? tool.migrate : tool.rollback
