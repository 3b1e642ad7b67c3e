-- Generated from values.yaml by npm run generate; edits are lost.
-- Appointments. Users and tenants live in another database, so they are named by id and not referenced.
CREATE TABLE "Appointments" (
  "Id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "TenantId" uuid NOT NULL,
  "CustomerId" uuid NOT NULL,
  "StartsAt" timestamptz NOT NULL,
  "EndsAt" timestamptz NOT NULL,
  "Status" varchar(20) NOT NULL DEFAULT 'Requested'
    CHECK ("Status" IN ('Requested', 'Confirmed', 'Cancelled', 'Completed')),
  "CreatedAt" timestamptz NOT NULL DEFAULT now(),
  "UpdatedAt" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "CK_Appointments_EndsAfterStart" CHECK ("EndsAt" > "StartsAt")
);

CREATE INDEX "IX_Appointments_TenantId_StartsAt" ON "Appointments" ("TenantId", "StartsAt");
CREATE INDEX "IX_Appointments_CustomerId" ON "Appointments" ("CustomerId");

CREATE FUNCTION "SetUpdatedAt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."UpdatedAt" := clock_timestamp();
  RETURN NEW;
END
$$;

CREATE TRIGGER "TR_Appointments_UpdatedAt" BEFORE UPDATE ON "Appointments"
  FOR EACH ROW EXECUTE FUNCTION "SetUpdatedAt"();
