-- Generated from values.yaml by npm run generate; edits are lost.
-- "UpdatedAt" tells the time of the last change, whoever makes it.
CREATE FUNCTION "SetUpdatedAt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."UpdatedAt" := clock_timestamp();
  RETURN NEW;
END
$$;

CREATE TRIGGER "TR_Tenants_UpdatedAt" BEFORE UPDATE ON "Tenants"
  FOR EACH ROW EXECUTE FUNCTION "SetUpdatedAt"();

CREATE TRIGGER "TR_Users_UpdatedAt" BEFORE UPDATE ON "Users"
  FOR EACH ROW EXECUTE FUNCTION "SetUpdatedAt"();
