import { CELL_FAULTS, defineFaults, type Fault as TableFault } from '../../kernel/tables/faults.ts';

export type FaultCode =
  | keyof typeof CELL_FAULTS
  | 'cell_missing'
  | 'text_too_long'
  | 'text_control'
  | 'digits_lost'
  | 'word_unknown'
  | 'number_too_fine'
  | 'number_out_of_range'
  | 'phone_unreadable'
  | 'phone_without_zero'
  | 'email_unreadable'
  | 'id_too_short'
  | 'twice'
  | 'differs_within'
  | 'kind_stays'
  | 'room_differs'
  | 'room_unknown'
  | 'room_is_none'
  | 'room_missing'
  | 'main_unknown'
  | 'main_is_none'
  | 'main_is_itself'
  | 'main_measures_other'
  | 'meter_ambiguous'
  | 'label_taken'
  | 'profile_unknown'
  | 'measures_missing'
  | 'measures_other'
  | 'role_stays'
  | 'profile_stays'
  | 'hangs_elsewhere'
  | 'moved_before'
  | 'end_before_start'
  | 'room_taken'
  | 'lease_room_stays'
  | 'lease_start_stays'
  | 'lease_is_over'
  | 'lease_elsewhere'
  | 'end_stays'
  | 'amount_stays'
  | 'person_ambiguous';

export type Fault = TableFault<FaultCode>;

export const faultAt = defineFaults<FaultCode>({
  ...CELL_FAULTS,
  cell_missing: ['is empty', 'fill it in, or remove the line'],
  text_too_long: ['has more than … characters', 'shorten it'],
  text_control: ['holds characters that cannot be shown', 'type it again'],
  digits_lost: [
    'was kept as a number with more than 15 digits, of which the last are lost',
    'make the column text and type it again',
  ],
  word_unknown: ['is none of …', 'use one of these words'],
  number_too_fine: ['has more than … decimals', 'round it yourself: nothing is rounded here'],
  number_out_of_range: ['does not lie between …', 'check the number'],
  phone_unreadable: ['is no telephone number', 'write it as 081 234 5678 or +66 81 234 5678'],
  phone_without_zero: [
    'is a telephone number that lost its first 0',
    'make the column text and type the number with its 0',
  ],
  email_unreadable: ['is no e-mail address', 'write it as name@example.com, or leave it empty'],
  id_too_short: ['has fewer than four characters', 'give the last four of the document, or all of it'],
  twice: ['stands on line … already', 'remove one of them'],
  differs_within: ['is another one than on line … of the same lease', 'write the same on each of its lines'],
  kind_stays: ['is … already, which does not change', 'choose another name, or correct the kind'],
  room_differs: ['is another one than on line … of the same room', 'write the same on each of its lines'],
  room_unknown: [
    'is no room of this building',
    'check the spelling, or bring in the rooms first: import rooms, which takes this same file too',
  ],
  room_is_none: ['is a common area, which nobody rents', 'give the room'],
  room_missing: ['is empty', 'say where the meter hangs, or that it is a main meter'],
  main_unknown: ['is no meter of this building or of the file', 'check the spelling, or add its line'],
  main_is_none: ['is no main meter', 'make it one, or name the one that sums this meter'],
  main_is_itself: ['would sum itself', 'name the meter above it, or leave it empty'],
  main_measures_other: ['measures …', 'a main meter sums meters of what it measures itself'],
  meter_ambiguous: ['is what several meters are called', 'give the serial number'],
  label_taken: [
    'is the label of another meter, with the serial number …',
    'give this one another label; a replaced meter is entered where meters are exchanged',
  ],
  profile_unknown: ['is no profile that the hub knows', 'see meterline-edge profiles, or leave it empty'],
  measures_missing: ['is empty', 'say electricity or water, or give a profile'],
  measures_other: ['is not what the profile says: …', 'correct one of the two'],
  role_stays: ['is … already, and sums other meters', 'correct the role'],
  profile_stays: [
    'is another profile than the registers of the meter have: …',
    'a replaced meter is entered where meters are exchanged',
  ],
  hangs_elsewhere: [
    'is another place than where the meter hangs: …',
    'say since when it hangs there, or correct the room',
  ],
  moved_before: ['is before the meter came to where it hangs now, on …', 'give a later day'],
  end_before_start: ['is before the first day of the lease', 'check both days'],
  room_taken: ['is let at that time: …', 'correct the days of one of the two'],
  lease_room_stays: [
    'is another room than the lease has: …',
    'a change of rooms is a move: lease change-room',
  ],
  lease_start_stays: ['is another first day than the lease has: …', 'correct the day'],
  lease_is_over: [
    'is a lease that is over',
    'what has ended does not change; give a new lease another number',
  ],
  lease_elsewhere: ['is a lease of another building', 'give this lease another number'],
  end_stays: ['is another last day than the lease has: …', 'who leaves moves out: lease move-out'],
  amount_stays: [
    'is another amount than the lease has: …',
    'an amount changes from a day on: change it at the lease',
  ],
  person_ambiguous: ['is the name of several people of this lease', 'tell them apart by a telephone number'],
});
