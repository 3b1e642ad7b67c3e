CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE TYPE "public"."order_state" AS ENUM('open', 'paid');
--> statement-breakpoint
CREATE TABLE "orders" ("id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, "state" "order_state" DEFAULT 'open' NOT NULL, "note" text);
