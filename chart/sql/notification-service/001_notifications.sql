-- Generated from values.yaml by npm run generate; edits are lost.
-- Messages to users, and whether they were sent.
CREATE TABLE "Notifications" (
  "Id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "RecipientId" uuid NOT NULL,
  "Channel" varchar(10) NOT NULL CHECK ("Channel" IN ('Email', 'Sms', 'Push')),
  "Subject" varchar(200),
  "Body" text NOT NULL,
  "SentAt" timestamptz,
  "CreatedAt" timestamptz NOT NULL DEFAULT now(),
  "UpdatedAt" timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX "IX_Notifications_RecipientId" ON "Notifications" ("RecipientId");
CREATE INDEX "IX_Notifications_Unsent" ON "Notifications" ("CreatedAt") WHERE "SentAt" IS NULL;

CREATE FUNCTION "SetUpdatedAt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."UpdatedAt" := clock_timestamp();
  RETURN NEW;
END
$$;

CREATE TRIGGER "TR_Notifications_UpdatedAt" BEFORE UPDATE ON "Notifications"
  FOR EACH ROW EXECUTE FUNCTION "SetUpdatedAt"();
